import * as pmd from 'vfio-pmd';
import forward from './forward.cjs';

console.log(JSON.stringify(await forward(pmd)));
