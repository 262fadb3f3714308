import assert from 'node:assert/strict';
import { resolveResource } from '../../src/core/resource-address.ts';
import { openPort } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';

const environment = {
  PCIDEVICE_INTEL_COM_I350_VF: '0000:5e:10.0',
  PCIDEVICE_INTEL_COM_I350_VF_INFO: '{"0000:5e:10.0":{"generic":{"deviceID":"0000:5e:10.0"}}}',
  PCIDEVICE_VENDOR_EXAMPLE_TWO: '0000:5e:10.4,0000:5e:10.6',
  PATH: '/bin',
};

const refused = (address: string, hint: RegExp) =>
  assert.throws(() => resolveResource(address, environment), pmdError('ERR_PMD_ADDRESS', hint));

describe('an address of the form env:RESOURCE', () => {
  it('stands for the device that the environment names', () => {
    for (const name of ['intel.com/i350_vf', 'intel.com/i350-vf', 'INTEL_COM_I350_VF'])
      assert.equal(resolveResource(`env:${name}`, environment), '0000:5e:10.0');
    assert.equal(resolveResource('env:vendor.example/two,index=1', environment), '0000:5e:10.6');
    assert.equal(resolveResource('emu:a', environment), 'emu:a');
  });

  it('asks which, where there are several', () => {
    refused('env:vendor.example/two', /index=0 to env:vendor\.example\/two,index=1/);
    refused('env:vendor.example/two,index=2', /2 devices/);
  });

  it('is refused with the resources that there are', () => {
    refused('env:intel.com/other', /env:INTEL_COM_I350_VF, env:VENDOR_EXAMPLE_TWO/);
    refused('env:', /write env:RESOURCE/);
    refused('env:a,b', /write env:RESOURCE/);
    assert.throws(() => resolveResource('env:a', {}), pmdError('ERR_PMD_ADDRESS', /no variable PCIDEVICE_/));
  });

  it('opens that device', async () => {
    process.env['PCIDEVICE_PMD_TEST'] = 'ffff:ff:1f.7';
    try {
      await assert.rejects(openPort('env:pmd/test'), pmdError('ERR_PMD_NO_DEVICE', /ffff:ff:1f\.7/));
    } finally {
      delete process.env['PCIDEVICE_PMD_TEST'];
    }
  });
});
