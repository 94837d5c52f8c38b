// uPlot as the page sees it. Nothing of it is served.
export const uPlot: any;
