package main

// restoreGuards keep a volume that an archive is brought onto.
var restoreGuards = []guard{
	{halfRestored, "only a tree that is whole is moved", "internal/agent/restore/restore.go", `if whole, is := r.stage.whole(); is {`,
		`if whole, _ := r.stage.whole(); r.stage.exists(in(seid.RestoreTree, seid.DataDir)) {`, restoreTests, "TestKilledBetweenAnyTwoSteps"},
	{halfRestored, "data/ comes last", "internal/agent/restore/stage.go", `range []string{seid.WasmDir, seid.DataDir} {`, `range []string{seid.DataDir, seid.WasmDir} {`,
		restoreTests, "TestKilledBetweenAnyTwoSteps"},
	{halfRestored, "it is inspected before", "internal/agent/restore/restore.go", `if err := r.inspect(); err != nil {`, `if err := r.inspect(); err != nil && false {`,
		restoreTests, "TestWhatIsNoArchiveOfSeids"},
	{halfRestored, "it has its checksum", "internal/agent/restore/take.go", `!strings.EqualFold(found, a.sha256)`, `!strings.EqualFold(found, found)`, restoreTests, "TestWhatIsNoArchiveOfSeids"},
	{halfRestored, "it is read to its very end", "internal/agent/restore/extract.go", "	return e.nothingBehind(in)\n", "	return nil\n", restoreTests, "TestWhatIsNoArchiveOfSeids"},
	{halfRestored, "another object is another archive", "internal/agent/restore/remote.go", `if r.known && !r.object.same(found) {`, `if false {`,
		restoreTests, "TestAnotherArchiveStartsOver"},
	{halfRestored, "the server compares, too", "internal/agent/restore/remote.go", `request.Header.Set("If-Range", validator)`, `_ = validator`,
		restoreTests, "TestAnArchiveThatIsCutGoesOnWhereItBrokeOff"},
	{halfRestored, "a wasm/ is the archive's only beside the rest of it", "internal/agent/volume/home.go",
		`v.Exists(path.Join(tree, seid.DataDir)) && !v.Exists(path.Join(tree, seid.WasmDir))`, `tree != ""`, volumeTests, "TestHome"},

	{evilArchive, "neither keys nor sign states", "internal/agent/restore/layout.go", `|| slices.ContainsFunc(parts, isNever)`, ``, restoreTests, "TestEveryLayoutOfTheProviders"},
	{evilArchive, "nor the configuration", "internal/agent/restore/layout.go", `if !slices.Contains(l.wanted, parts[0])`, `if false`, restoreTests, "TestEveryLayoutOfTheProviders"},
	{evilArchive, "no path that goes up", "internal/agent/restore/layout.go", `if part == ".." ||`, `if`, restoreTests, "TestWhatLeavesTheArchiveIsRefused"},
	{evilArchive, "no absolute path", "internal/agent/restore/layout.go", `case strings.HasPrefix(name, "/"):`, `case false:`, restoreTests, "TestWhatLeavesTheArchiveIsRefused"},
	{evilArchive, "no link that leaves", "internal/agent/restore/extract.go", `if !staysIn(at, header.Linkname) {`, `if false {`, restoreTests, "TestWhatLeavesTheArchiveIsRefused"},
	{evilArchive, "no link that goes down and then up", "internal/agent/restore/layout.go", `&& !slices.Contains(parts[up:], "..")`, ``,
		restoreTests, "TestWhatLeavesTheArchiveIsRefused"},
	{evilArchive, "nothing through a link", "internal/agent/restore/extract.go", `if e.links[above] {`, `if false {`, restoreTests, "TestWhatLeavesTheArchiveIsRefused"},
	{evilArchive, "no device", "internal/agent/restore/extract.go", `if !acceptable(header.Typeflag) {`, `if false {`, restoreTests, "TestWhatLeavesTheArchiveIsRefused"},
	{evilArchive, "no hard link to what is not the archive's", "internal/agent/restore/extract.go", `err != nil || !info.Mode().IsRegular() {`, `err != nil && info == nil && false {`,
		restoreTests, "TestWhatLeavesTheArchiveIsRefused"},

	{overwritten, "only onto a volume that is empty", "internal/agent/restore/restore.go", `if layout != wire.LayoutEmpty {`, `if layout == "" {`,
		restoreTests, "TestAVolumeThatHoldsAnythingIsLeftAlone"},
	{overwritten, "nothing where a home is not proven", "internal/agent/restore/restore.go", `case layout == wire.LayoutUnknown:`, `case false:`,
		restoreTests, "TestAVolumeThatHoldsAnythingIsLeftAlone"},
	{overwritten, "a link of our folder's name is somebody's", "internal/agent/volume/home.go", `return err == nil && info.IsDir() && path.Base(name) == folder`,
		`return err == nil && info != nil && path.Base(name) == folder`, volumeTests, "TestHome"},
}
