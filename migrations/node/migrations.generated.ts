/* Made by npm run db:generate. */
export const migrations = {
  "journal": {
    "version": "7",
    "dialect": "sqlite",
    "entries": [
      {
        "idx": 0,
        "version": "6",
        "when": 1795457340428,
        "tag": "0000_initial",
        "breakpoints": true
      }
    ]
  },
  "migrations": {
    "m0000": "CREATE TABLE `desired` (\n\t`resource` text NOT NULL,\n\t`namespace` text NOT NULL,\n\t`name` text NOT NULL,\n\t`uid` text NOT NULL,\n\t`position` integer NOT NULL,\n\t`value` text,\n\tPRIMARY KEY(`resource`, `namespace`, `name`, `uid`)\n);\n--> statement-breakpoint\nCREATE INDEX `desired_by_position` ON `desired` (`position`);--> statement-breakpoint\nCREATE TABLE `meta` (\n\t`key` text PRIMARY KEY NOT NULL,\n\t`value` text NOT NULL\n);\n"
  }
};
