CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `objects` (
	`resource` text NOT NULL,
	`name` text NOT NULL,
	`revision` integer NOT NULL,
	`uid` text NOT NULL,
	`controller_uid` text,
	`attributes` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`resource`, `name`)
);
--> statement-breakpoint
CREATE INDEX `objects_by_controller` ON `objects` (`resource`,`controller_uid`);--> statement-breakpoint
CREATE INDEX `objects_by_uid` ON `objects` (`uid`);--> statement-breakpoint
CREATE TABLE `owners` (
	`owner_uid` text NOT NULL,
	`resource` text NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`owner_uid`, `resource`, `name`)
);
--> statement-breakpoint
CREATE INDEX `owners_by_dependent` ON `owners` (`resource`,`name`);--> statement-breakpoint
CREATE TABLE `revisions` (
	`revision` integer PRIMARY KEY NOT NULL,
	`resource` text NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`attributes` text NOT NULL,
	`previous_attributes` text,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revisions_by_object` ON `revisions` (`resource`,`name`,`revision`);--> statement-breakpoint
CREATE TABLE `slots` (
	`slot` integer PRIMARY KEY NOT NULL,
	`namespace` text NOT NULL,
	`floor` integer NOT NULL,
	`activated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `workqueue` (
	`worker` text NOT NULL,
	`key` text NOT NULL,
	`due_at` integer NOT NULL,
	`attempts` integer NOT NULL,
	`ticket` integer NOT NULL,
	`failure` text,
	PRIMARY KEY(`worker`, `key`)
);
--> statement-breakpoint
CREATE INDEX `workqueue_by_due` ON `workqueue` (`due_at`);