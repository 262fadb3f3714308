// What a program can import beside the library itself.
import { createRequire } from 'node:module';
import { listDevices } from 'vfio-pmd/devices';
import { setupLab } from 'vfio-pmd/lab';
import { ipv4 } from 'vfio-pmd/net';
import { openCapture } from 'vfio-pmd/pcap';

const require = createRequire(import.meta.url);
const { $defs } = require('vfio-pmd/schema');
const compare = require('vfio-pmd/schema/compare');
const devices = require('vfio-pmd/schema/devices');
const doctor = require('vfio-pmd/schema/doctor');
console.log(
  JSON.stringify({
    functions: [
      typeof listDevices,
      typeof setupLab,
      typeof openCapture,
      typeof require('vfio-pmd/pcap').openCapture,
    ],
    address: [ipv4.formatAddress(0x0a000001), require('vfio-pmd/net').ipv4.parseAddress('10.0.0.1')],
    schemas: [
      'Results' in $defs,
      'Comparison' in compare.$defs,
      'DeviceList' in devices.$defs,
      'Diagnosis' in doctor.$defs,
    ],
  }),
);
