// simdjson is a C++ library: its header is read by the shim in CSimdJSON alone. This one is empty on purpose; the
// module only carries the link flag and the name of the Debian package.
