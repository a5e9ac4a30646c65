/** @file How every dialog looks: 640 px, our classes, returns the focus. */
import { createElement } from 'react';
import { Icon } from '../controls/Icon.tsx';

/** Props shared by the dialogs. */
export const dialogLook = {
  size: 640,
  centered: true,
  padding: 0,
  zIndex: 60,
  transitionProps: { duration: 160 },
  closeButtonProps: { 'aria-label': 'Close', icon: createElement(Icon, { name: 'close' }) },
  classNames: {
    content: 'dialog',
    header: 'dialog-head',
    title: 'dialog-title',
    close: 'dialog-close',
    body: 'dialog-body',
    overlay: 'dialog-scrim',
  },
} as const;
