package lookup

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

var archive = types.NamespacedName{Namespace: "sei", Name: "archive-0"}

func machine(name string, addresses ...corev1.NodeAddress) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Addresses: addresses}}
}

// TestTheAddressOfAMachine is its first external one that is an address, and each way to have none is said.
func TestTheAddressOfAMachine(t *testing.T) {
	inside, outside := corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.0.0.1"}, corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "1.2.3.4"}
	strange, second := corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "nonsense,"}, corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "2001:db8::1"}
	machines := interceptor.NewClient(fake.NewClientBuilder().WithObjects(machine("out", inside, outside, second), machine("in", inside), machine("strange", strange)).Build(),
		interceptor.Funcs{Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if key.Name == "secret" {
				return apierrors.NewForbidden(corev1.Resource("nodes"), key.Name, nil)
			}
			return c.Get(ctx, key, object, options...)
		}})
	f := New(machines)
	for name, want := range map[string]Answer{
		"out":     {true, "1.2.3.4", ""},
		"in":      {true, "", `machine "in" has no address of type ExternalIP`},
		"strange": {true, "", `machine "strange" has no address of type ExternalIP`},
		"gone":    {true, "", `machine "gone" cannot be looked at now`},
		"secret":  {true, "", `machine "secret" cannot be looked at: the operator has no right to, see role machine-reader-role`},
	} {
		if got := f.look(t.Context(), Question{Machine: name}); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestWhyANameDoesNotResolve is said in words that are the same each time: another source port is no news.
func TestWhyANameDoesNotResolve(t *testing.T) {
	for want, err := range map[string]error{
		`name "a.example" does not resolve: no such host`:                    &net.DNSError{Err: "no such host", Server: "10.0.0.1:53", IsNotFound: true},
		`name "a.example" does not resolve: the name server does not answer`: &net.DNSError{Err: "read udp 10.0.0.2:41234->10.0.0.1:53: i/o timeout", IsTimeout: true},
		`name "a.example" does not resolve: the name server cannot say now`:  &net.DNSError{Err: "server misbehaving", IsTemporary: true},
		`name "a.example" does not resolve: the lookup failed`:               errors.New("read udp 10.0.0.2:41234"),
	} {
		f := New(nil)
		f.Resolve = func(context.Context, string) error { return err }
		if got := f.look(t.Context(), Question{Name: "a.example"}); got != (Answer{Known: true, Why: want}) {
			t.Errorf("%v: %+v", err, got)
		}
	}
	if got := New(nil).look(t.Context(), Question{Name: "127.0.0.1"}); got != (Answer{Known: true, Address: "127.0.0.1"}) {
		t.Errorf("an address: %+v", got)
	}
}

// TestAQuestionIsAskedAgain for as long as it stands: every half a minute until there is an answer, and seldom then. The node is woken when the answer is
// another one, and at no other time.
func TestAQuestionIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var there atomic.Bool
		var looks atomic.Int32
		f := New(nil)
		f.Resolve = func(context.Context, string) error {
			looks.Add(1)
			if there.Load() {
				return nil
			}
			return errors.New("not there")
		}
		go func() { _ = f.Start(ctx) }()
		asks := Question{Name: "a.example"}
		expect := func(when string, known bool, address string, wakes, looked int) {
			t.Helper()
			synctest.Wait()
			got := f.Ask(archive, asks)
			if got.Known != known || got.Address != address || len(f.Changed) != wakes || int(looks.Swap(0)) != looked {
				t.Errorf("%s: %+v, woken %d times", when, got, len(f.Changed))
			}
			for range len(f.Changed) {
				if event := <-f.Changed; event.Object.GetName() != archive.Name || event.Object.GetNamespace() != archive.Namespace {
					t.Errorf("woken is %v", event.Object)
				}
			}
		}
		if got := f.Ask(archive, asks); got.Known {
			t.Errorf("at once: %+v", got)
		}
		expect("the first look", true, "", 1, 1)
		time.Sleep(29 * time.Second)
		expect("29 s later", true, "", 0, 0)
		time.Sleep(2 * time.Second)
		expect("31 s later", true, "", 0, 1)
		there.Store(true)
		time.Sleep(30 * time.Second)
		expect("once it is there", true, "a.example", 1, 1)
		time.Sleep(9 * time.Minute)
		expect("later", true, "a.example", 0, 0)
		there.Store(false)
		time.Sleep(time.Minute)
		expect("once it is gone", true, "", 1, 1)

		asks = Question{Name: "b.example"}
		if got := f.Ask(archive, asks); got.Known {
			t.Errorf("another question has the answer of the one before: %+v", got)
		}
		expect("another question", true, "", 1, 1)
		f.Ask(archive, Question{})
		time.Sleep(time.Hour)
		synctest.Wait()
		if looks.Load() > 0 || len(f.asked) > 0 {
			t.Errorf("it was looked %d times after nobody asked any more", looks.Load())
		}
	})
}

// TestALookThatTakesLongIsGivenUp, and holds up nobody who asks.
func TestALookThatTakesLongIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(nil)
		defer f.queue.ShutDown()
		f.Resolve = func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}
		began := time.Now()
		if got := f.look(t.Context(), Question{Name: "a.example"}); !strings.Contains(got.Why, "does not resolve") || time.Since(began) != patience {
			t.Errorf("%+v after %s", got, time.Since(began))
		}
	})
}

// TestAnAnswerToAQuestionThatIsGoneIsNoAnswer: the question may have been changed while it was looked up.
func TestAnAnswerToAQuestionThatIsGoneIsNoAnswer(t *testing.T) {
	f := New(nil)
	f.Resolve = func(context.Context, string) error {
		f.Ask(archive, Question{Name: "b.example"})
		return nil
	}
	f.Ask(archive, Question{Name: "a.example"})
	f.visit(t.Context(), archive)
	if got := f.Ask(archive, Question{Name: "b.example"}); got.Known || len(f.Changed) > 0 {
		t.Errorf("%+v", got)
	}
	var nobody *Finder
	if got := nobody.Ask(archive, Question{Name: "a"}); got.Known {
		t.Errorf("nobody says %+v", got)
	}
}
