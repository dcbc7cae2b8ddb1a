import { type Schema, Validator } from '@cfworker/json-schema';
import type { JsonObject } from '../chat.ts';
import { measureJson } from './json-measure.ts';
import { copySchema, Unjudgeable, type VisitCost } from './tool-schema-copy.ts';

/** Whether arguments fit a schema; `undefined` where that cannot be said within bounds. Never throws. */
export type Judge = (toolArguments: object) => boolean | undefined;

/** Judges that share one allowance of work: what is over is not judged. */
export interface JudgeMaker {
  /**
   * Judges by JSON Schema draft 7, as far as hostile schemas allow. Regular expressions are never run, and items not compared with each
   * other: `pattern`, `patternProperties`, `uniqueItems` and `format` say nothing. `undefined` for a schema that is too large, refers
   * beyond itself, is malformed, means something else in another draft, or where one of those that say nothing stands beside `not`,
   * `oneOf` or `if`, which could turn right into wrong.
   */
  readonly judgeOf: (schema: JsonObject) => Judge | undefined;
}

/** A unit is what visiting an empty schema takes, some microseconds. */
const mostUnits = 1_000;
/** Keys are escaped wherever they are looked at, so that long ones are work too. */
const argumentBounds = { values: 5_000, depth: 32, keyLength: 256 };

export function createJudgeMaker(): JudgeMaker {
  let unitsLeft = mostUnits;
  let unitsPerVisit = 1;
  let unitsPerLength = 0;
  const costs = new WeakMap<object, VisitCost>();
  // The validator reads every keyword of a subschema each time it comes by, this one too: here all work passes, however it branches.
  const metered = Object.create(null, {
    $recursiveAnchor: {
      get(this: object) {
        const { units, looksAtLength } = costs.get(this) ?? { units: 0, looksAtLength: false };
        unitsLeft -= unitsPerVisit + units + (looksAtLength ? unitsPerLength : 0);
        if (unitsLeft < 0) throw new Unjudgeable();
        return undefined;
      },
    },
  });
  const create = (cost: VisitCost): Schema => {
    const subschema: Schema = Object.create(metered);
    costs.set(subschema, cost);
    return subschema;
  };

  return {
    judgeOf(schema) {
      const validator = within(() => new Validator(copySchema(schema, create), '7'));
      if (validator === undefined) return undefined;
      return (toolArguments) => {
        const size = measureJson(toolArguments, argumentBounds);
        if (size === undefined) return undefined;
        unitsPerVisit = 1 + size.widestObject / 16;
        unitsPerLength = size.longestString / 1_000;
        return within(() => validator.validate(toolArguments).valid);
      };
    },
  };
}

/** Also the stack may run out, and a reference lead nowhere: whatever it is, it is the schema's fault, and nobody else's. */
function within<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
