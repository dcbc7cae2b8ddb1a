import { writeFileSync } from 'node:fs';
import { printedSchema, printedSchemaFile } from './printed-schema.ts';

// Reviews see every change of the API in this file. Run the script after each change of the types in schema/.
writeFileSync(printedSchemaFile, printedSchema());
