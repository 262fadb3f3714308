{
  # How the addon is built that ships. Both this and CMakeLists.txt read native/build.json; a test compares what the two addons say of themselves.
  'target_defaults': {
    'include_dirs': ['<(module_root_dir)/native'],
    # What Node's own settings say on these points differs between its versions, and from the CMake build's.
    'cflags!': ['-O2', '-O3'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-rtti', '-fno-exceptions'],
    'cflags_cc': ['<!@(node -p "require(\'./native/build.json\').cflags.join(\' \')")'],
    'configurations': {'Release': {'defines': ['NDEBUG']}},
  },
  'targets': [
    {
      'target_name': 'vfio_pmd_core',
      'type': 'static_library',
      'sources': ['<!@(node -p "require(\'./native/build.json\').sources.join(\' \')")'],
    },
    {
      'target_name': 'vfio_pmd',
      'sources': ['<!@(node -p "require(\'./native/build.json\').bindingSources.join(\' \')")'],
      'defines': [
        '<!@(node -p "require(\'./native/build.json\').defines.join(\' \')")',
        'PMD_SOURCES_HASH="<!(node scripts/sources-hash.mjs)"',
      ],
      'dependencies': [
        'vfio_pmd_core',
        '<!(node -p "require(\'node-addon-api\').targets"):node_addon_api_except',
      ],
      # -z nodelete: an async cleanup hook may run after the last environment has let go of the addon. libstdc++ is linked
      # statically and hidden, so that a system with an older one loads the addon; what of it is not used goes, because it
      # asks for a newer glibc (arc4random, 2.36). So does a static libgcc (2.35), and Node needs the shared one anyway.
      'ldflags': [
        '<!@(node -p "require(\'./native/build.json\').ldflags.join(\' \')")',
        '-Wl,--version-script=<(module_root_dir)/native/binding/exports.map',
      ],
    },
  ],
}
