import { usePage } from '../page.js';

export function Footer() {
  const { text } = usePage();
  return <footer className="page-footer">{text.footer}</footer>;
}
