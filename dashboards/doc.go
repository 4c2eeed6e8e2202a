// Package dashboards holds what operators import: the Grafana dashboard and the
// Prometheus alert rules. Its tests hold every metric they name against those the
// program exports.
package dashboards
