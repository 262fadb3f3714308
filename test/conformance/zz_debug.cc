#include "scenario.h"
#include <cstdio>
namespace pmd::conformance {
SCENARIO(zz, debug) {
  auto [a, b] = bench.open_pair();
  auto show=[&](const char*w){ for (auto&[n,v]: b.port().dump_registers()) if(n.starts_with("VFGP")) printf("%s %s=%u ",w,n.c_str(),v); printf(" total %llu rec %llu\n",(unsigned long long)b.port().snapshot().counters.rx_packets.value(), (unsigned long long)b.port().snapshot().recoveries); };
  for(int r=0;r<8;r++){
  auto go=[&]{std::vector<Bytes> f; for(int i=0;i<30;i++) f.push_back(make_frame(b.mac(), a.mac(), 60+i*29, i)); a.send(f); b.receive(30);};
  go();
  auto x=b.port().refresh().counters.rx_packets.value();
  bench.rig.reset_function(1);
  b.events().await(PortEvent::Kind::kRecovered);
  go();
  auto y=b.port().refresh().counters.rx_packets.value();
  printf("%d: %llu -> %llu\n",r,(unsigned long long)x,(unsigned long long)y);
  if(y!=x+30) {show("bad");show("bad2");}
  }
}
}
