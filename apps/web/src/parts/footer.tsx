import { usePage } from '../page.js';

export function Footer() {
  const { address, text } = usePage();
  return (
    <footer className="page-footer">
      {text.footer}{' '}
      <a className="screen-only" href={address.language === 'en' ? '/congkhai?lang=en' : '/congkhai'}>
        {text.publicBoard}
      </a>
    </footer>
  );
}
