CREATE TABLE `nodes` (
	`name` text PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reservations` (
	`uid` text PRIMARY KEY NOT NULL,
	`node` text NOT NULL,
	`footprint` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `waiting` (
	`namespace` text PRIMARY KEY NOT NULL
);
