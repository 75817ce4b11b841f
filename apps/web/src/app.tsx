import { lazy, Suspense } from 'react';
import { useLive } from './live.js';
import { usePage } from './page.js';
import { Announcer } from './parts/announcer.js';
import { Footer } from './parts/footer.js';
import { Header } from './parts/header.js';
import { Loading } from './parts/notice.js';
import { DossierView } from './views/dossier.js';
import { ListView } from './views/list.js';
import { MissingView } from './views/missing.js';
import { OverviewView } from './views/overview.js';
import { IssuedReportView } from './views/issued-report.js';
import { ReportsView } from './views/reports.js';
import { WatchView } from './views/watch.js';

/** A chunk of its own: most readers never open it. */
const Form06aView = lazy(() => import('./views/form-06a.js'));

export function App() {
  const { address, text } = usePage();
  const live = useLive({ agency: address.agency, procedure: address.procedure });
  const { view } = address;
  return (
    <>
      <a className="skip" href="#main">
        {text.skip}
      </a>
      <Header live={live} />
      <main id="main" tabIndex={-1}>
        {view.kind === 'overview' && <OverviewView live={live} />}
        {view.kind === 'watch' && <WatchView live={live} />}
        {view.kind === 'list' && <ListView filter={view.filter} back={view.back} live={live} />}
        {view.kind === 'dossier' && (
          <DossierView source={view.source} code={view.code} back={view.back} live={live} />
        )}
        {view.kind === 'reports' && view.number === null && <ReportsView />}
        {view.kind === 'reports' && view.number !== null && (
          <IssuedReportView key={view.number} number={view.number} />
        )}
        {view.kind === 'form-06a' && (
          <Suspense fallback={<Loading tall />}>
            <Form06aView />
          </Suspense>
        )}
        {view.kind === 'missing' && <MissingView />}
      </main>
      <Footer />
      <Announcer live={live} />
    </>
  );
}
