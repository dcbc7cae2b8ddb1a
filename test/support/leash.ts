import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** How a process is ended that its starter can no longer end: at once, or so that it ends its own children, too. */
export type LastSignal = 'KILL' | 'TERM' | 'QUIT';

/**
 * Reads `+ SIGNAL PID` and `- SIGNAL PID`. At the end of its input, when this process is gone, it ends what was added and not taken
 * back. The signals of a terminal are for its starter, who has children to end.
 */
const script = `trap '' INT TERM HUP
held=' '
while read -r change signal pid; do
  case $change in
    +) held="$held$signal:$pid " ;;
    -) held="\${held%% $signal:$pid *} \${held#* $signal:$pid }" ;;
  esac
done
for one in $held; do kill -s "\${one%%:*}" -- "\${one#*:}"; done`;

let input: Socket | undefined;

/**
 * Sees to it that a process, or with a negative number a group of processes, does not outlive this one, even where this one is
 * killed. What is returned is to be called once the process has ended.
 */
export function leash(pid: number, signal: LastSignal): () => void {
  input ??= startHolder();
  input.write(`+ ${signal} ${pid}\n`);
  return () => void input?.write(`- ${signal} ${pid}\n`);
}

function startHolder(): Socket {
  const holder = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  holder.unref();
  const stdin = holder.stdin as Socket;
  stdin.unref();
  return stdin;
}
