CREATE TABLE `policy` (
	`resource` text NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	PRIMARY KEY(`resource`, `name`)
);
