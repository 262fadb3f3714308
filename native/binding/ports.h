#pragma once

#include "binding/bridge.h"

// The control functions of ports. `done` is a Completion's: (error, value) => void.

namespace pmd::binding {

/// openPort(address, rxRing, txRing, rxQueues, txQueues, mtu, chains, mac?, pool?, container?, group?,
/// listener, done), whose value is {id, pool, bus, model, capabilities, rxQueues, txQueues}
napi_value open_port(Call& call);
/// capabilities(address) -> those of the port that it names, which need not be there
napi_value capabilities(Call& call);
/// closePort(id, done)
napi_value close_port(Call& call);
/// forgetPort(id) -> how many frames the application holds of pools that end with it. After its close, when
/// its last counters were read
napi_value forget_port(Call& call);
/// closeOwnPorts(): closes what this environment opened, now; for the process's exit
napi_value close_own_ports(Call& call);
/// portSnapshot(id) -> what the control thread last saw
napi_value port_snapshot(Call& call);
/// refreshPort(id, done): the control thread looks at the device now
napi_value refresh_port(Call& call);
/// portRequest(id, 'mac', done, bytes), (id, 'mtu', done, mtu), (id, 'vlan', done, vlan, member) or
/// (id, 'multicast', done, bytes, all)
napi_value port_request(Call& call);
/// dumpRegisters(id, done), whose value is a Record<string, number>
napi_value dump_registers(Call& call);
/// injectFault(id, fault): for tests, of ports on an emulated device
napi_value inject_fault(Call& call);

}  // namespace pmd::binding
