// SPDX-License-Identifier: Apache-2.0
// Holds documents to a JSON schema: node schema.mjs SCHEMA DOCUMENT...
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";

const [schema, ...documents] = process.argv.slice(2);
const read = (f) => JSON.parse(readFileSync(f, "utf8"));
const valid = new Ajv({ allErrors: true, allowUnionTypes: true, strict: true, strictRequired: false }).compile(read(schema));
let wrong = 0;
for (const d of documents)
  if (!valid(read(d))) {
    wrong++;
    for (const e of valid.errors)
      console.log(`${d}${e.instancePath}: ${e.message} ${JSON.stringify(e.params)}`);
  }
process.exit(wrong || !documents.length ? 1 : 0);
