import type { OrdinaryType } from '#libs/dossier';
import { z } from 'zod';
import { ORDINARY_DATA, ORDINARY_TYPES } from './events.js';
import { FIELD_KINDS, type FieldKind } from './fields.js';

/** A member of an event's data, as its schema in `ORDINARY_DATA` declares it. */
export interface Member {
  name: string;
  required: boolean;
  schema: z.ZodType;
  /** Undefined: nothing but its schema knows what it holds. */
  kind: FieldKind | 'choice' | 'number' | 'boolean' | undefined;
  /** Of a choice: what there is to choose from. */
  choices: readonly unknown[];
}

const MEMBERS = new Map(
  ORDINARY_TYPES.map((type) => [type, Object.entries<z.ZodType>(ORDINARY_DATA[type].shape).map(memberOf)]),
);

/** The members of a type's data, in the order of its schema. */
export const membersOf = (type: OrdinaryType): readonly Member[] => MEMBERS.get(type) ?? [];

function memberOf([name, declared]: [string, z.ZodType]): Member {
  const required = !(declared instanceof z.ZodOptional);
  const schema = required ? declared : (declared.unwrap() as z.ZodType);
  const choices = schema instanceof z.ZodEnum ? schema.options : [];
  return { name, required, schema, kind: kindOf(schema), choices };
}

function kindOf(schema: z.ZodType): Member['kind'] {
  if (schema instanceof z.ZodEnum) return 'choice';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return FIELD_KINDS.get(schema)?.kind;
}
