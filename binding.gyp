# Not in the package: npm compiles a package that has a binding.gyp at every `npm ci`, whatever its "gypfile" says, since a
# lockfile does not keep that. scripts/build-from-source.mjs makes this file where it is needed.
{'includes': ['native/addon.gypi']}
