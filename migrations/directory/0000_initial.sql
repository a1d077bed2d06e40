CREATE TABLE `enrolment_tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`cluster` text NOT NULL,
	`node_name` text,
	`expires_at` integer NOT NULL,
	`used_by` text
);
