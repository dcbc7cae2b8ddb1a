import type { Tool, ToolChoice } from '../src/chat.ts';
import { builder, enumOf } from './builder.ts';
import { checkName, objectAt, present, refuse } from './check.ts';
import { CacheControlInput } from './message-input.ts';

const ToolTypeEnum = enumOf<'function'>('ToolType', 'The kinds of tool that a model may be given.', {
  function: 'A function of yours. The model asks for calls; you make them and send back the results.',
});

const FunctionInput = builder.inputType('FunctionInput', {
  description: 'A function that the model may ask to have called.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Its name: letters, digits, `_`, `-`, `.` and `:`, at most 64. No two tools share one.',
    }),
    description: t.string({ description: 'What it does and when to call it, for the model to read.' }),
    parameters: t.field({
      type: 'JSON',
      description: 'Its arguments, as a JSON Schema of an object; absent for a function that takes none.',
    }),
    strict: t.boolean({
      description: 'Whether the arguments must follow the schema to the letter, where the endpoint can see to that.',
    }),
  }),
});

export const ToolInput = builder.inputType('ToolInput', {
  description: 'Something that the model may use while it answers.',
  fields: (t) => ({
    type: t.field({
      type: ToolTypeEnum,
      required: true,
      defaultValue: 'function',
      description: 'Which kind of tool it is.',
    }),
    function: t.field({ type: FunctionInput, required: true, description: 'The function that the tool is.' }),
    cacheControl: t.field({
      type: CacheControlInput,
      description: 'Marks that the tools up to and including this one may be cached; absent for no mark.',
    }),
  }),
});

const ToolChoiceModeEnum = enumOf<'none' | 'auto' | 'required'>('ToolChoiceMode', 'Whether the model calls tools.', {
  none: 'It calls none, though it knows of them.',
  auto: 'It decides by itself: what it does where nothing is said.',
  required: 'It calls at least one.',
});

export const ToolChoiceInput = builder.inputType('ToolChoiceInput', {
  description: 'Whether the model must call tools: a mode, or the one function that it must call.',
  isOneOf: true,
  fields: (t) => ({
    mode: t.field({ type: ToolChoiceModeEnum, description: 'Leaves the choice among the tools to the model.' }),
    function: t.string({ description: 'The name of the function that the model must call, one of `tools`.' }),
  }),
});

type ToolFields = typeof ToolInput.$inferInput;
type ToolChoiceFields = typeof ToolChoiceInput.$inferInput;

/** The tools in the program's words. Throws InvalidRequest for names that are not usable or not unique. */
export function toTools(tools: readonly ToolFields[]): readonly Tool[] {
  const names = new Set<string>();
  return tools.map(({ function: { name, description, parameters, strict }, cacheControl }, index) => {
    const path = `tools[${index}].function`;
    if (!/^[\w.:-]{1,64}$/.test(name)) {
      refuse(`${path}.name`, 'must be 1 to 64 letters, digits, `_`, `-`, `.` or `:`.');
    }
    if (names.has(name)) refuse(`${path}.name`, `is \`${name}\`, which an earlier tool is called already.`);
    names.add(name);
    return {
      name,
      ...present({
        description,
        parameters:
          parameters == null ? null : objectAt(`${path}.parameters`, parameters, 'the schema of the arguments'),
        strict,
        cacheControl: cacheControl == null ? null : present({ ttl: cacheControl.ttl }),
      }),
    };
  });
}

/** The choice in the program's words. Throws InvalidRequest where it asks for a tool that is not there. */
export function toToolChoice(choice: ToolChoiceFields, tools: readonly Tool[]): ToolChoice {
  if (choice.mode != null) {
    if (choice.mode === 'required' && tools.length === 0)
      refuse('toolChoice.mode', 'is REQUIRED, but there are no `tools`.');
    return choice.mode;
  }
  const name = choice.function;
  if (name == null) return refuse('toolChoice', 'is empty: give a mode or a function.');
  checkName('toolChoice.function', name);
  if (!tools.some((tool) => tool.name === name))
    refuse('toolChoice.function', `is \`${name}\`, which is none of the \`tools\`.`);
  return { function: name };
}
