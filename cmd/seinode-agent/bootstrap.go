package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/restore"
	"github.com/seinode/seinode-operator/internal/agent/serve"
)

// errNoData ends bootstrap with 1 after its message was written.
var errNoData = errors.New("the volume has no data that seid may start on")

func runBootstrap(args []string) error {
	var o restore.Options
	flags := flag.NewFlagSet("bootstrap", flag.ExitOnError)
	judged := inspectFlags(flags)
	flags.StringVar(&o.URL, "archive-url", "", "`address` of the archive with the data")
	flags.StringVar(&o.SHA256, "archive-sha256", "", "what the archive sums up to, in 64 hexadecimal `digits`; none means that nobody says")
	flags.StringVar(&o.Compression, "archive-compression", restore.Auto, "Auto, None, Gzip, Zstd or Lz4; Auto goes by the archive's first bytes")
	flags.StringVar(&o.WasmURL, "wasm-url", "", "`address` of a second archive, with wasm/ alone")
	flags.StringVar(&o.Spool, "spool", restore.Auto, "Auto, Always or Never: whether the archive is fetched to a file first, which outlives this process")
	flags.BoolVar(&o.Chunks, "chunks", false, "the archive holds a snapshot for state sync, in chunks")
	flags.StringVar(&o.Auth, "auth-dir", "", "`folder` with the files username and password, or token, for the server")
	listen := flags.String("listen", ":8090", "`address` to serve on while the archive comes")
	message := flags.String("message", "/dev/termination-log", "`file` for how it ended")
	_ = flags.Parse(args) // exits on error
	o.Inspect = judged()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	progress := restore.NewProgress(time.Now)
	go func() {
		if err := serve.Restoring(ctx, *listen, progress.Restore); err != nil { // which is no reason to have no data
			fmt.Fprintln(os.Stderr, "seinode-agent: "+err.Error())
		}
	}()
	go tell(ctx, progress)
	end := restore.Run(ctx, o, progress)
	text := restore.Encode(end)
	fmt.Println(string(text))
	if err := os.WriteFile(*message, text, 0o600); err != nil || !end.Done() {
		return errors.Join(err, errNoData)
	}
	return nil
}

// tell prints how far it is, whenever that changed.
func tell(ctx context.Context, progress *restore.Progress) {
	var last string
	for range time.Tick(10 * time.Second) {
		now := progress.Restore()
		if text := fmt.Sprintf("%s: %s (%d %%)", now.Reason, now.Message, now.Percent); text != last && ctx.Err() == nil {
			fmt.Println(text)
			last = text
		}
	}
}
