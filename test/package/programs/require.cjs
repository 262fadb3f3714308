const forward = require('./forward.cjs');

forward(require('vfio-pmd')).then((result) => console.log(JSON.stringify(result)));
