/* From top to bottom. */
showHeadline();
showFindings();
showEnds();
showConnections();
showServices();
showInput();
prepareDetails();
showCharts();
