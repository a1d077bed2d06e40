CREATE TABLE `namespaces` (
	`name` text PRIMARY KEY NOT NULL,
	`labels` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `waiting` ADD `heeds_pods` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `waiting` ADD `due` integer DEFAULT 1 NOT NULL;