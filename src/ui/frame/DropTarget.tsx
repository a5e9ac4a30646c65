/** @file The whole window takes dropped files and folders; while dragging, a frame says so. */
import { useEffect, useState } from 'react';
import { openFile } from '../../state/actions/index.ts';
import { droppedFiles } from './dropped-files.ts';

function holdsFile(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** Listens on the window; draws the accent frame while a file is over it. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const on = {
      dragenter: (event: DragEvent) => {
        if (!holdsFile(event)) return;
        event.preventDefault();
        depth += 1;
        setOver(true);
      },
      dragleave: () => {
        depth = Math.max(0, depth - 1);
        if (depth === 0) setOver(false);
      },
      dragover: (event: DragEvent) => {
        if (holdsFile(event)) event.preventDefault();
      },
      drop: (event: DragEvent) => {
        if (!holdsFile(event)) return;
        event.preventDefault();
        depth = 0;
        setOver(false);
        if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(openFile);
      },
    };
    const entries = Object.entries(on) as [keyof typeof on, (event: DragEvent) => void][];
    for (const [name, listener] of entries) window.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of entries) window.removeEventListener(name, listener);
    };
  }, []);
  if (!over) return null;
  return (
    <div className="drop-frame">
      <p>Drop to open. Read here, never sent.</p>
    </div>
  );
}
