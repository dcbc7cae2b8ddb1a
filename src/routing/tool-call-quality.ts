import type { Answer, JsonObject, Tool, ToolCall } from '../chat.ts';
import { nestsDeeper } from './json-measure.ts';
import { createJudgeMaker, type Judge } from './tool-schema.ts';

/**
 * What can be wrong with a tool call: its arguments are not JSON; it names no tool of the request; its arguments are no object, or break
 * the tool's schema.
 */
export type ToolCallFault = 'invalid_json' | 'unknown_name' | 'schema_mismatch';

/** In UTF-16 units, of all calls of an answer. */
const mostArguments = 256 * 1024;
const mostCalls = 64;
const deepestArguments = 32;

/**
 * The faults of an answer's tool calls, empty where all are good. `undefined` where there is nothing to judge, or no fault was found and
 * something could not be judged: the answer was cut short, or a schema or arguments are too large, too deep or too odd. Never throws,
 * and does a bounded amount of work, whatever stands in the schema and the arguments.
 */
export function judgeToolCalls(
  tools: readonly Tool[] | undefined,
  { toolCalls, finishReason }: Answer,
): ReadonlySet<ToolCallFault> | undefined {
  const cutShort = finishReason !== 'tool_calls' && finishReason !== 'stop';
  if (tools === undefined || tools.length === 0 || toolCalls.length === 0 || cutShort) return undefined;
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const { judgeOf } = createJudgeMaker();
  const judges = new Map<JsonObject, Judge | undefined>();
  const judgeFor = (schema: JsonObject) => {
    if (!judges.has(schema)) judges.set(schema, judgeOf(schema));
    return judges.get(schema);
  };
  const faults = new Set<ToolCallFault>();
  let unjudged = toolCalls.length > mostCalls;
  let size = 0;

  for (const call of toolCalls.slice(0, mostCalls)) {
    size += call.arguments.length;
    const verdict = size > mostArguments ? 'unjudged' : judge(call, byName, judgeFor);
    if (verdict === 'unjudged') unjudged = true;
    else if (verdict !== 'good') faults.add(verdict);
  }
  return unjudged && faults.size === 0 ? undefined : faults;
}

function judge(
  { name, arguments: text }: ToolCall,
  tools: ReadonlyMap<string, Tool>,
  judgeFor: (schema: JsonObject) => Judge | undefined,
): ToolCallFault | 'good' | 'unjudged' {
  const tool = tools.get(name);
  if (tool === undefined) return 'unknown_name';
  if (nestsDeeper(text, deepestArguments)) return 'unjudged';
  const parsed = parse(text);
  if (parsed === undefined) return 'invalid_json';
  if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value))
    return 'schema_mismatch';
  const { parameters } = tool;
  if (parameters === undefined) return 'good';
  const fits = judgeFor(parameters)?.(parsed.value);
  if (fits === undefined) return 'unjudged';
  return fits ? 'good' : 'schema_mismatch';
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
