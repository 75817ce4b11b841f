/**
 * The look of the public board, in the page itself: one request, no font and no script to wait for. Below 40 rem a
 * row of the table becomes a card with its own headings; the roles in the markup keep it a table to who cannot see.
 */
export const BOARD_STYLE = `
:root{color-scheme:light;--paper:#f4f6f8;--card:#fff;--ink:#17222d;--soft:#4c5a68;--line:#d9e0e6;--accent:#0e5a78;--wash:#e3eff4;--good:#17703f;--fair:#8a5200;--poor:#b3261e}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--paper:#10161c;--card:#182029;--ink:#e7edf2;--soft:#a9b6c2;--line:#2d3945;--accent:#7cc4e0;--wash:#1c3440;--good:#74cf98;--fair:#f0bd6a;--poor:#ff9c92}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:400 1rem/1.55 system-ui,'Segoe UI','Noto Sans',sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
h1,h2,p,ol,ul,dl,dd{margin:0;padding:0}
ol,ul{list-style:none}
h1{font-size:1.5rem;line-height:1.35}
h2{font-size:1.0625rem}
a{color:var(--accent);display:inline-block;min-height:1.5rem}
:focus-visible,input:focus-within{outline:3px solid var(--accent);outline-offset:2px}
.top,main,footer{max-width:72rem;margin:0 auto;padding:.75rem clamp(.75rem,3vw,2rem)}
.top{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1rem;border-bottom:1px solid var(--line)}
main{display:grid;grid-template-columns:minmax(0,1fr);gap:.875rem}
footer{font-size:.875rem;color:var(--soft)}
.skip{position:absolute;left:-100vw;padding:.5rem 1rem;background:var(--card)}
.skip:focus{left:.5rem;top:.5rem}
.path li{display:inline}
.path li+li::before{content:'› ';color:var(--soft);margin-left:.35rem}
.soft{color:var(--soft);font-size:.9375rem}
.turn{display:flex;flex-wrap:wrap;align-items:end;gap:.5rem 1.25rem}
form{display:flex;flex-wrap:wrap;align-items:end;gap:.5rem}
label{display:grid;font-size:.875rem}
input,button{font:inherit;color:inherit;min-height:2.25rem;padding:.2rem .7rem;border:1px solid var(--soft);border-radius:6px;background:var(--card)}
.sum{margin-top:.5rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,9.5rem),1fr));gap:.75rem}
.sum div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.75rem 1rem}
.sum dd{font-size:1.375rem;font-weight:600;line-height:1.4}
.sum small{display:block;font-size:.875rem;font-weight:400;color:var(--soft)}
.light{font-weight:600;white-space:nowrap}
.good{color:var(--good)}.fair{color:var(--fair)}.poor{color:var(--poor)}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);font-size:.9375rem}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{padding:.4rem .625rem;border-bottom:1px solid var(--line);text-align:end;vertical-align:top;font-weight:400}
th:first-child{text-align:start}
thead th,tfoot th,tfoot td,.kind th{font-weight:600}
thead th{vertical-align:bottom;background:var(--wash)}
td small{display:block;color:var(--soft)}
.hidden{color:var(--soft);font-style:italic;white-space:nowrap}
.notes{font-size:.875rem;color:var(--soft);display:grid;gap:.25rem}
@media (max-width:40rem){
table,tbody,tfoot,tr,th,td{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{padding:.5rem .75rem;border-bottom:1px solid var(--line)}
th,td{border:0;padding:.1rem 0}
tbody th{font-weight:600}
td{display:flex;justify-content:space-between;gap:0 1rem}
td::before{content:attr(data-label);color:var(--soft);text-align:start}
.kind{background:var(--wash)}
}
@media print{
@page{margin:12mm}
body{background:#fff;font-size:9pt}
h1{font-size:14pt}
h2{font-size:10.5pt}
.soft,table{font-size:9pt}
th,td{padding:2pt 5pt}
.sum{gap:6pt}
.sum div{padding:4pt 7pt}
.sum dd{font-size:12pt}
td small{font-size:8pt}
/* Else it would stand at the foot of every page. */
tfoot{display:table-row-group}
.turn,.skip,.screen{display:none}
a{color:inherit;text-decoration:none;min-height:0}
thead{display:table-header-group}
tr{break-inside:avoid}
.top,main,footer{max-width:none;padding-inline:0}
}`;
