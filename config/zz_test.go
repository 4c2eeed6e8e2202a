package config_test
import ("testing";"writersync/config";"time";"os";"path/filepath";"runtime")
func FuzzZZ(f *testing.F){
	files, _ := filepath.Glob("testdata/*.yml")
	for _, path := range files { b, _ := os.ReadFile(path); f.Add(b) }
	f.Fuzz(func(t *testing.T, data []byte){
		tm := time.AfterFunc(3*time.Second, func(){ os.WriteFile("/tmp/hang.yml", data, 0o644); buf:=make([]byte,1<<16); n:=runtime.Stack(buf,true); os.WriteFile("/tmp/hang.stack", buf[:n], 0o644); os.Exit(3) })
		config.Parse("x", data, registry()); tm.Stop() })
}
