#pragma once

#include <napi.h>

// The control functions of ports. TypeScript has checked the arguments' types and ranges. `done` is a
// Completion's: (error, value) => void.

namespace pmd::binding {

/// openPort(config, listener) -> Promise<{id, pool, bus, deviceId, rxQueues, txQueues}>
Napi::Value open_port(const Napi::CallbackInfo& info);
/// closePort(id, done)
Napi::Value close_port(const Napi::CallbackInfo& info);
/// forgetPort(id) -> how many frames the application holds of pools that end with it. After its close, when
/// its last counters were read
Napi::Value forget_port(const Napi::CallbackInfo& info);
/// closeOwnPorts(): closes what this environment opened, now; for the process's exit
Napi::Value close_own_ports(const Napi::CallbackInfo& info);
/// portSnapshot(id) -> what the control thread last saw
Napi::Value port_snapshot(const Napi::CallbackInfo& info);
/// refreshPort(id, done): the control thread looks at the device now
Napi::Value refresh_port(const Napi::CallbackInfo& info);
/// portRequest(id, kind, done, ...args)
Napi::Value port_request(const Napi::CallbackInfo& info);
/// dumpRegisters(id, done), whose value is a Record<string, number>
Napi::Value dump_registers(const Napi::CallbackInfo& info);
/// injectFault(id, fault): for tests, of ports on an emulated device
Napi::Value inject_fault(const Napi::CallbackInfo& info);

}  // namespace pmd::binding
