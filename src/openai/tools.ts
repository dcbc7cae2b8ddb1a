import type { Tool, ToolChoice } from '../chat.ts';
import { refuse } from './check.ts';

/** The name of a tool, added to those in use. Throws InvalidRequest for one that cannot be used, or is used already. */
export function toolName(name: string | undefined, names: Set<string>, path: string): string {
  if (name === undefined || !/^[\w.:-]{1,64}$/.test(name)) {
    return refuse(path, 'must be 1 to 64 letters, digits, `_`, `-`, `.` or `:`.');
  }
  if (names.has(name)) refuse(path, `is \`${name}\`, which an earlier tool is called already.`);
  names.add(name);
  return name;
}

/** Throws InvalidRequest where the choice asks for a tool that is not there. */
export function checkToolChoice(choice: ToolChoice, tools: readonly Tool[], path: string): void {
  if (choice === 'required' && tools.length === 0) refuse(path, 'asks for a call, but there are no `tools`.');
  if (typeof choice !== 'object' || tools.some(({ name }) => name === choice.function)) return;
  refuse(path, `asks for \`${choice.function}\`, which is none of the \`tools\`.`);
}
