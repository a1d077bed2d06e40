/* Made by npm run db:generate. */
export const migrations = {
  "journal": {
    "version": "7",
    "dialect": "sqlite",
    "entries": [
      {
        "idx": 0,
        "version": "6",
        "when": 1795457341814,
        "tag": "0000_initial",
        "breakpoints": true
      },
      {
        "idx": 1,
        "version": "6",
        "when": 1795762964898,
        "tag": "0001_policy",
        "breakpoints": true
      },
      {
        "idx": 2,
        "version": "6",
        "when": 1795824807065,
        "tag": "0002_drop_controller_index",
        "breakpoints": true
      }
    ]
  },
  "migrations": {
    "m0000": "CREATE TABLE `meta` (\n\t`key` text PRIMARY KEY NOT NULL,\n\t`value` text NOT NULL\n);\n--> statement-breakpoint\nCREATE TABLE `objects` (\n\t`resource` text NOT NULL,\n\t`name` text NOT NULL,\n\t`revision` integer NOT NULL,\n\t`uid` text NOT NULL,\n\t`controller_uid` text,\n\t`attributes` text NOT NULL,\n\t`value` text NOT NULL,\n\tPRIMARY KEY(`resource`, `name`)\n);\n--> statement-breakpoint\nCREATE INDEX `objects_by_controller` ON `objects` (`resource`,`controller_uid`);--> statement-breakpoint\nCREATE INDEX `objects_by_uid` ON `objects` (`uid`);--> statement-breakpoint\nCREATE TABLE `owners` (\n\t`owner_uid` text NOT NULL,\n\t`resource` text NOT NULL,\n\t`name` text NOT NULL,\n\tPRIMARY KEY(`owner_uid`, `resource`, `name`)\n);\n--> statement-breakpoint\nCREATE INDEX `owners_by_dependent` ON `owners` (`resource`,`name`);--> statement-breakpoint\nCREATE TABLE `revisions` (\n\t`revision` integer PRIMARY KEY NOT NULL,\n\t`resource` text NOT NULL,\n\t`name` text NOT NULL,\n\t`type` text NOT NULL,\n\t`attributes` text NOT NULL,\n\t`previous_attributes` text,\n\t`value` text NOT NULL\n);\n--> statement-breakpoint\nCREATE INDEX `revisions_by_object` ON `revisions` (`resource`,`name`,`revision`);--> statement-breakpoint\nCREATE TABLE `slots` (\n\t`slot` integer PRIMARY KEY NOT NULL,\n\t`namespace` text NOT NULL,\n\t`floor` integer NOT NULL,\n\t`activated_at` integer NOT NULL\n);\n--> statement-breakpoint\nCREATE TABLE `workqueue` (\n\t`worker` text NOT NULL,\n\t`key` text NOT NULL,\n\t`due_at` integer NOT NULL,\n\t`attempts` integer NOT NULL,\n\t`ticket` integer NOT NULL,\n\t`failure` text,\n\tPRIMARY KEY(`worker`, `key`)\n);\n--> statement-breakpoint\nCREATE INDEX `workqueue_by_due` ON `workqueue` (`due_at`);",
    "m0001": "CREATE TABLE `policy` (\n\t`resource` text NOT NULL,\n\t`name` text NOT NULL,\n\t`value` text NOT NULL,\n\tPRIMARY KEY(`resource`, `name`)\n);\n",
    "m0002": "DROP INDEX `objects_by_controller`;"
  }
};
