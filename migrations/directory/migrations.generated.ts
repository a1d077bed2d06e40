/* Made by npm run db:generate. */
export const migrations = {
  "journal": {
    "version": "7",
    "dialect": "sqlite",
    "entries": [
      {
        "idx": 0,
        "version": "6",
        "when": 1795457339951,
        "tag": "0000_initial",
        "breakpoints": true
      }
    ]
  },
  "migrations": {
    "m0000": "CREATE TABLE `enrolment_tokens` (\n\t`hash` text PRIMARY KEY NOT NULL,\n\t`cluster` text NOT NULL,\n\t`node_name` text,\n\t`expires_at` integer NOT NULL,\n\t`used_by` text\n);\n"
  }
};
