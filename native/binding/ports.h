#pragma once

#include <napi.h>

// The control functions of ports. TypeScript has checked the arguments' types and ranges.

namespace pmd::binding {

/// openPort(config, listener) -> Promise<{id, pool, bus, deviceId, rxQueues, txQueues}>
Napi::Value open_port(const Napi::CallbackInfo& info);
/// closePort(id) -> Promise<void>
Napi::Value close_port(const Napi::CallbackInfo& info);
/// forgetPort(id): after its close, when its last counters were read
Napi::Value forget_port(const Napi::CallbackInfo& info);
/// closeOwnPorts(): closes what this environment opened, now; for the process's exit
Napi::Value close_own_ports(const Napi::CallbackInfo& info);
/// portSnapshot(id) -> what the control thread last saw
Napi::Value port_snapshot(const Napi::CallbackInfo& info);
/// refreshPort(id) -> Promise<void>: the control thread looks at the device now
Napi::Value refresh_port(const Napi::CallbackInfo& info);
/// portRequest(id, kind, ...args) -> Promise<void>
Napi::Value port_request(const Napi::CallbackInfo& info);
/// dumpRegisters(id) -> Promise<Record<string, number>>
Napi::Value dump_registers(const Napi::CallbackInfo& info);
/// injectFault(id, fault): for tests, of ports on an emulated device
Napi::Value inject_fault(const Napi::CallbackInfo& info);

}  // namespace pmd::binding
