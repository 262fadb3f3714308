{
  'targets': [{
    'target_name': 'vfio_pmd',
    'sources': [
      '<!@(node -p "require(\'./native/build.json\').sources.join(\' \')")',
      '<!@(node -p "require(\'./native/build.json\').bindingSources.join(\' \')")',
    ],
    'defines': [
      '<!@(node -p "require(\'./native/build.json\').defines.join(\' \')")',
      'PMD_SOURCES_HASH="<!(node scripts/sources-hash.mjs)"',
    ],
    'dependencies': ['<!(node -p "require(\'node-addon-api\').targets"):node_addon_api_except'],
    'include_dirs': ['native'],
    # What node's own settings say on these points differs between its versions, and from the CMake build's.
    'cflags!': ['-O2', '-O3'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-rtti', '-fno-exceptions'],
    'cflags_cc': ['<!@(node -p "require(\'./native/build.json\').cflags.join(\' \')")'],
    'ldflags': ['<!@(node -p "require(\'./native/build.json\').ldflags.join(\' \')")'],
    'configurations': {'Release': {'defines': ['NDEBUG']}},
  }],
}
