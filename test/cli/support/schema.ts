import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';

const root = join(import.meta.dirname, '../../..');

export function readSchema(file: string): AnySchemaObject {
  return JSON.parse(readFileSync(join(root, 'schema', file), 'utf8')) as AnySchemaObject;
}

/** The published schema takes fields that it does not know, as documents of later versions have; a test takes none. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in copy ? { additionalProperties: false, ...copy } : copy;
}

/** @param type In the schema's `$defs`; default: the document. */
export function validatorOf(file: string, type?: string): ValidateFunction {
  const schema = closed(readSchema(file)) as AnySchemaObject;
  if (type !== undefined) schema['$ref'] = `#/$defs/${type}`;
  return new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);
}

/** Checks what the validator says of the value, and shows where it is wrong. */
export function assertValid(validate: ValidateFunction, value: unknown): void {
  const isValid = validate(value);
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  assert.ok(isValid, faults.join('\n'));
}

const validateResults = validatorOf('pmd-bench-1.json');

/** Checks a document of `--json`. */
export function assertResults(document: unknown): void {
  assertValid(validateResults, document);
}
