/** @file Lint rules of this house: a file states its idea, an export says what it is, a name has one form. */
import { basename, extname } from 'node:path';

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;
const PASCAL = /^[A-Z][A-Za-z0-9]*(\.test)?$/;

const isDocComment = (comment) => comment?.type === 'Block' && comment.value.startsWith('*');

/** The first thing in a file is a doc comment with `@file` and the idea of the file. */
const fileIdea = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: 'Begin the file with "/** @file … */": one line with its idea.' },
  },
  create: (context) => ({
    Program(node) {
      const [first] = context.sourceCode.getAllComments();
      const atTop = first && (node.body.length === 0 || first.range[0] < node.body[0].range[0]);
      if (!atTop || !isDocComment(first) || !first.value.includes('@file')) {
        context.report({ loc: { line: 1, column: 0 }, messageId: 'missing' });
      }
    },
  }),
};

/** An exported declaration has a doc comment right above it. */
const exportDoc = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: 'Say above this export what it is: "/** … */", one to eight lines.' },
  },
  create: (context) => {
    const documented = new Set();
    return {
      'Program > ExportNamedDeclaration[declaration]'(node) {
        const { declaration } = node;
        const name = declaration.id?.name;
        const before = context.sourceCode.getCommentsBefore(node).at(-1);
        const close = before && node.loc.start.line - before.loc.end.line <= 1;
        if (close && isDocComment(before) && !before.value.includes('@file')) {
          if (name) documented.add(name);
        } else if (!documented.has(name)) {
          // Later overloads share the comment of the first.
          context.report({ node, messageId: 'missing' });
        }
      },
    };
  },
};

/** Files are kebab-case; React components, and only they, are PascalCase. */
const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      form: 'Name the file in kebab-case, or in PascalCase if it holds a React component.',
      utils: 'Name the file after what it does.',
    },
  },
  create: (context) => ({
    Program() {
      const file = basename(context.filename);
      const stem = file.slice(0, -extname(file).length);
      const good = KEBAB.test(stem) || (file.endsWith('.tsx') && PASCAL.test(stem));
      if (!good) context.report({ loc: { line: 1, column: 0 }, messageId: 'form' });
      if (/^(utils?|helpers?|misc|common)$/.test(stem)) {
        context.report({ loc: { line: 1, column: 0 }, messageId: 'utils' });
      }
    },
  }),
};

/** The rules as an ESLint plugin. */
export const house = {
  meta: { name: 'house' },
  rules: { 'file-idea': fileIdea, 'export-doc': exportDoc, 'file-name': fileName },
};
