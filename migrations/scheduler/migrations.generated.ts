/* Made by npm run db:generate. */
export const migrations = {
  "journal": {
    "version": "7",
    "dialect": "sqlite",
    "entries": [
      {
        "idx": 0,
        "version": "6",
        "when": 1795457341199,
        "tag": "0000_initial",
        "breakpoints": true
      },
      {
        "idx": 1,
        "version": "6",
        "when": 1795768010432,
        "tag": "0001_rules",
        "breakpoints": true
      },
      {
        "idx": 2,
        "version": "6",
        "when": 1795768855330,
        "tag": "0002_preemption",
        "breakpoints": true
      },
      {
        "idx": 3,
        "version": "6",
        "when": 1795769315455,
        "tag": "0003_budgets",
        "breakpoints": true
      }
    ]
  },
  "migrations": {
    "m0000": "CREATE TABLE `nodes` (\n\t`name` text PRIMARY KEY NOT NULL,\n\t`revision` integer NOT NULL,\n\t`value` text NOT NULL\n);\n--> statement-breakpoint\nCREATE TABLE `reservations` (\n\t`uid` text PRIMARY KEY NOT NULL,\n\t`node` text NOT NULL,\n\t`footprint` text NOT NULL\n);\n--> statement-breakpoint\nCREATE TABLE `waiting` (\n\t`namespace` text PRIMARY KEY NOT NULL\n);\n",
    "m0001": "CREATE TABLE `namespaces` (\n\t`name` text PRIMARY KEY NOT NULL,\n\t`labels` text NOT NULL\n);\n--> statement-breakpoint\nALTER TABLE `waiting` ADD `heeds_pods` integer DEFAULT 1 NOT NULL;--> statement-breakpoint\nALTER TABLE `waiting` ADD `due` integer DEFAULT 1 NOT NULL;",
    "m0002": "CREATE TABLE `victims` (\n\t`uid` text PRIMARY KEY NOT NULL,\n\t`namespace` text NOT NULL,\n\t`name` text NOT NULL,\n\t`node` text NOT NULL,\n\t`preemptor` text NOT NULL,\n\t`due` integer NOT NULL\n);\n--> statement-breakpoint\nALTER TABLE `reservations` ADD `nominated` integer DEFAULT 0 NOT NULL;",
    "m0003": "ALTER TABLE `namespaces` ADD `budgets` text DEFAULT '[]' NOT NULL;"
  }
};
