CREATE TABLE `victims` (
	`uid` text PRIMARY KEY NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`node` text NOT NULL,
	`preemptor` text NOT NULL,
	`due` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `reservations` ADD `nominated` integer DEFAULT 0 NOT NULL;