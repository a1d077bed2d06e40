CREATE TABLE `desired` (
	`resource` text NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`uid` text NOT NULL,
	`position` integer NOT NULL,
	`value` text,
	PRIMARY KEY(`resource`, `namespace`, `name`, `uid`)
);
--> statement-breakpoint
CREATE INDEX `desired_by_position` ON `desired` (`position`);--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
