package reachtest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"mayfly.test/started"
)

// asClient is the variable that makes this binary a client: it is started
// again in the client's namespace, makes one call, and prints what came of it.
const asClient = "REACH_CLIENT"

func TestMain(m *testing.M) {
	if order := os.Getenv(asClient); order != "" {
		os.Exit(beClient(order, os.Stdout))
	}
	if err := able(); err != nil {
		fmt.Fprintln(os.Stderr, "reach:", err)
		os.Exit(1)
	}
	sweep()
	os.Exit(started.Main(m.Run))
}

// able says what is missing to make networks with rules. Without it nothing
// here can be shown, so nothing passes.
func able() error {
	for _, tool := range []string{"ip", "turnserver", "flite"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not installed; make setup installs it (Debian: apt-get install iproute2 coturn flite)", tool)
		}
	}
	name := fmt.Sprintf("mayfly-%d-try", os.Getpid())
	said, err := exec.Command("ip", "netns", "add", name).CombinedOutput()
	if err != nil {
		return fmt.Errorf("network namespaces cannot be made (%s); run this as root, as with: sudo -E make reach; in a container give it --cap-add NET_ADMIN --cap-add SYS_ADMIN", oneLine(said))
	}
	defer exec.Command("ip", "netns", "del", name).Run()
	if said, err := exec.Command("ip", "-n", name, "rule", "add", "pref", "1", "ipproto", "udp", "blackhole").CombinedOutput(); err != nil {
		return fmt.Errorf("rules by protocol cannot be made (%s); they need Linux 4.17 and CONFIG_IP_MULTIPLE_TABLES", oneLine(said))
	}
	return nil
}
