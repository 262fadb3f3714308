#include <sys/stat.h>

#include "check.h"
#include "fake_system.h"

// --- addresses ---

TEST(pci_address_accepts_what_sysfs_prints) {
  for (const std::string text :
       {"0000:01:10.0", "0000:00:00.0", "ffff:ff:1f.7", "10000:e1:00.0", "abcdef01:02:03.4"}) {
    const auto address = PciAddress::try_parse(text);
    CHECK(address.has_value());
    if (address) CHECK_EQ(address->to_string(), text);
  }
  const auto address = PciAddress::parse("10ab:cd:1e.5");
  CHECK_EQ(address.domain(), 0x10ABu);
  CHECK_EQ(unsigned{address.bus()}, 0xCDu);
  CHECK_EQ(unsigned{address.device()}, 0x1Eu);
  CHECK_EQ(unsigned{address.function()}, 5u);
  CHECK_EQ(PciAddress::parse("00000000:01:10.0").to_string(), kVf);  // as sysfs spells it
  CHECK(PciAddress::parse("00000:01:10.0") == PciAddress::parse(kVf));
}

TEST(pci_address_refuses_everything_else) {
  const std::string bad[] = {"",
                             " ",
                             "0000",
                             "01:10.0",
                             "000:01:10.0",
                             "000000000:01:10.0",
                             "0000:01:20.0",
                             "0000:01:10.8",
                             "0000:01:1g.0",
                             "0000:0A:10.0",
                             "0000:01:10.0 ",
                             " 0000:01:10.0",
                             "0000:01:10.0\n",
                             "0000:01:10.00",
                             "0000:01:10",
                             "0000-01-10.0",
                             "0000:01:10:0",
                             "0x00:01:10.0",
                             "+000:01:10.0",
                             "0000:-1:10.0",
                             "../../../etc",
                             "../0:01:10.0",
                             "/000:01:10.0",
                             "0000:01:10.0/../../x",
                             "0000:../10.0",
                             "%s%s:01:10.0",
                             std::string("0000:01:10.0\0", 13),
                             std::string("0000:01\0:0.0", 12),
                             std::string(12, '\0'),
                             std::string(300, '0'),
                             std::string(292, '0') + ":01:10.0",
                             "\xff\xff\xff\xff:01:10.0"};
  for (const auto& text : bad) {
    CHECK(!PciAddress::try_parse(text).has_value());
    const auto error = thrown([&] { PciAddress::parse(text); });
    CHECK(error.has_value());
    if (!error) continue;
    CHECK(error->code == ErrorCode::kAddress);
    CHECK(!error->hint.empty());
    const std::string message = error->what();
    CHECK(message.size() < 250);
    for (const char c : message + error->hint) CHECK(c >= 0x20 && c < 0x7F);
  }
}

TEST(pci_address_hints_at_what_was_meant) {
  for (const std::string text : {"01:10.0", "0000:01:10.0\n", " 0000:01:10.0"}) {
    const auto error = thrown([&] { PciAddress::parse(text); });
    CHECK(error && contains(error->hint, "did you mean 0000:01:10.0?"));
  }
  const auto upper = thrown([] { PciAddress::parse("0000:0A:10.0"); });
  CHECK(upper && contains(upper->hint, "0000:0a:10.0"));
  // As Kubernetes hands them out: PCIDEVICE_…=0000:01:10.0,0000:01:10.2
  for (const std::string text : {"0000:01:10.0,0000:01:10.2", "0000:01:10.0,0000:01:10.2,0000:01:10.4,",
                                 "0000:01:10.0,", "0000:01:10.0, 0000:01:10.2"}) {
    const auto list = thrown([&] { PciAddress::parse(text); });
    CHECK(list && contains(list->hint, "split it at its commas"));
    CHECK(list && contains(list->hint, "0000:01:10.0"));
  }
  const auto no_list = thrown([] { PciAddress::parse("0000:01:10,0.0"); });
  CHECK(no_list && !contains(no_list->hint, "commas"));
  const auto hopeless = thrown([] { PciAddress::parse("eth0"); });
  CHECK(hopeless && contains(hopeless->hint, "lspci -D"));
}

// --- sysfs ---

TEST(sysfs_reads_a_vf) {
  FakeSystem system;
  system.add_pf();
  system.add_good_vf();
  const auto facts = system.inspect(kVf);
  CHECK(facts.exists);
  CHECK(facts.id == (PciId{0x8086, 0x10CA}));
  CHECK_EQ(facts.class_code, 0x020000u);
  CHECK(facts.physical_function && facts.physical_function->to_string() == kPf);
  CHECK_EQ(facts.driver, std::string("vfio-pci"));
  CHECK(facts.iommu_group == 5u);
  CHECK_EQ(facts.group_members.size(), size_t{1});
  CHECK_EQ(facts.total_virtual_functions, 0u);
  CHECK(!facts.no_iommu_group);
  CHECK(!facts.direct_mapped);
}

TEST(sysfs_believes_no_malformed_entry) {
  FakeSystem system;
  system.add(kVf, "0x10ca");
  FakeSystem::write(system.device(kVf) + "/vendor", "8086zz\n");
  FakeSystem::link(system.device(kVf) + "/driver", "/drivers/evil driver;rm");
  FakeSystem::link(system.device(kVf) + "/iommu_group", "/groups/5x");
  FakeSystem::link(system.device(kVf) + "/physfn", "../../../etc/passwd");
  const auto facts = system.inspect(kVf);
  CHECK(facts.exists);
  CHECK_EQ(facts.id.vendor, 0);
  CHECK(facts.driver.empty());
  CHECK(!facts.iommu_group.has_value());
  CHECK(!facts.physical_function.has_value());
  for (const std::string target : {"/groups/", "/groups/-1", "/groups/99999999999", "5/", "/groups/ 5"}) {
    FakeSystem::link(system.device(kVf) + "/iommu_group", target);
    CHECK(!system.inspect(kVf).iommu_group.has_value());
  }
}

TEST(sysfs_numbers) {
  using pmd::pci::parse_number;
  CHECK(parse_number("0x8086\n") == uint64_t{0x8086});
  CHECK(parse_number("7\n") == uint64_t{7});
  CHECK(parse_number("65535") == uint64_t{65535});
  for (const std::string text :
       {"", "\n", "0x", "-1", "+1", "1 ", "0xg", "1\n\n", "99999999999999999999999"}) {
    CHECK(!parse_number(text).has_value());
  }
}

// --- diagnosis: one test for each row of the table of errors ---

TEST(diagnosis_passes_a_good_vf) {
  FakeSystem system;
  system.add_good_vf();
  CHECK(!system.check(kVf).has_value());
  fs::remove(system.device(kVf) + "/physfn");  // as in a virtual machine that was given the VF
  CHECK(!system.check(kVf).has_value());
}

TEST(diagnosis_absent_lists_the_vfs_that_exist) {
  FakeSystem system;
  system.add_pf();
  auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoDevice);
  CHECK(error && contains(error->hint, "echo 2 | sudo tee " + system.device(kPf) + "/sriov_numvfs"));
  system.add_good_vf();
  error = system.check("0000:01:10.2");
  CHECK(error && error->code == ErrorCode::kNoDevice);
  CHECK(error && contains(error->hint, "0000:01:10.0 (vfio-pci)"));
  FakeSystem bare;
  error = bare.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoDevice && contains(error->hint, "lspci"));
}

TEST(diagnosis_without_sysfs_is_about_sysfs) {
  FakeSystem system;
  system.add_good_vf();
  fs::remove_all(system.root.sys);
  for (const bool mount_point : {false, true}) {
    if (mount_point) fs::create_directories(system.root.sys);
    const auto error = system.check(kVf);
    CHECK(error && error->code == ErrorCode::kNoDevice);
    CHECK(error &&
          contains(error->what(), kVf + " cannot be looked up: there is nothing in " + system.root.sys));
    CHECK(error && contains(error->hint, "mount -t sysfs"));
    CHECK(error && !contains(error->hint, "lspci"));
  }
  fs::create_directories(system.root.sys + "/devices");  // mounted, on a machine without a PCI bus
  const auto error = system.check(kVf);
  CHECK(error && contains(error->hint, "lspci"));
}

TEST(diagnosis_listed_but_silent) {
  FakeSystem system;
  system.add_good_vf();
  FakeSystem::write(system.device(kVf) + "/config", std::string(64, '\xff'));
  const auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoDevice && contains(error->what(), "does not answer"));
  CHECK(error && contains(error->hint, "rescan"));
  // A VF's vendor and device read all ones in health too.
  FakeSystem::write(system.device(kVf) + "/config", std::string(4, '\xff') + std::string(60, '\0'));
  CHECK(!system.check(kVf).has_value());
}

TEST(diagnosis_refuses_a_physical_function) {
  FakeSystem system;
  system.add_pf();
  auto error = system.check(kPf);
  CHECK(error && error->code == ErrorCode::kUnsupportedDevice);
  CHECK(error && contains(error->what(), "physical function"));
  CHECK(error && contains(error->hint, "sriov_numvfs"));
  system.add_good_vf();
  FakeSystem::link(system.device(kPf) + "/virtfn0", "../" + kVf);
  error = system.check(kPf);
  CHECK(error && contains(error->hint, kVf));
}

TEST(diagnosis_refuses_a_foreign_device) {
  FakeSystem system;
  system.add("0000:00:1f.2", "0x2922", "0x010601");
  const auto error = system.check("0000:00:1f.2");
  CHECK(error && error->code == ErrorCode::kUnsupportedDevice);
  CHECK(error && contains(error->what(), "8086:2922"));
  CHECK(error && contains(error->what(), "8086:10ca, 8086:1520"));
}

TEST(diagnosis_not_bound_gives_the_commands) {
  FakeSystem system;
  system.add_good_vf();
  system.driver(kVf, "igbvf");
  auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNotBound);
  CHECK(error && contains(error->what(), "igbvf"));
  const auto path = system.device(kVf);
  CHECK(error && contains(error->hint, "echo vfio-pci | sudo tee " + path + "/driver_override"));
  CHECK(error && contains(error->hint, "echo " + kVf + " | sudo tee " + path + "/driver/unbind"));
  CHECK(error &&
        contains(error->hint, "echo " + kVf + " | sudo tee " + system.root.sys + "/bus/pci/drivers_probe"));
  fs::remove(path + "/driver");
  error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNotBound);
  CHECK(error && contains(error->what(), "has no driver"));
  CHECK(error && !contains(error->hint, "unbind"));
}

TEST(diagnosis_no_iommu) {
  FakeSystem system;
  system.add_good_vf();
  system.driver(kVf, "igbvf");  // it cannot be bound to vfio-pci either: the IOMMU is what to name first
  fs::remove(system.device(kVf) + "/iommu_group");
  auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoIommu);
  CHECK(error && contains(error->hint, "boot with intel_iommu=on"));
  FakeSystem::write(system.root.proc + "/cmdline", "quiet intel_iommu=on\n");
  error = system.check(kVf);
  CHECK(error && contains(error->hint, "firmware") && !contains(error->hint, "boot with"));
}

TEST(diagnosis_refuses_no_iommu_mode_whatever_the_node_is_called) {
  FakeSystem system;
  system.add_good_vf();
  system.write_group("5", "name", "vfio-noiommu\n");
  const auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kNoIommu);
  CHECK(error && contains(error->hint, "refused"));
}

TEST(diagnosis_names_what_keeps_a_group_from_being_viable) {
  FakeSystem system;
  system.add_good_vf();
  system.add_pf();
  system.group(kPf, "5");
  system.add("0000:00:01.0", "0x3420", "0x060400");
  system.driver("0000:00:01.0", "shpchp");
  system.group("0000:00:01.0", "5");
  system.add("0000:01:10.2", "0x10ca");
  system.group("0000:01:10.2", "5");
  const auto error = system.check(kVf);
  CHECK(error && error->code == ErrorCode::kGroupNotViable);
  CHECK(error && contains(error->what(), kPf + " (igb)"));
  CHECK(error && !contains(error->what(), "0000:00:01.0"));  // a bridge may keep its driver
  CHECK(error && !contains(error->what(), "0000:01:10.2"));  // so may a device without one
  system.driver(kPf, "vfio-pci");
  CHECK(!system.check(kVf).has_value());
}

TEST(diagnosis_sees_fixed_mappings) {
  FakeSystem system;
  system.add_good_vf();
  system.write_group("5", "reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n");
  CHECK(!system.inspect(kVf).direct_mapped);
  system.write_group("5", "reserved_regions", "0x0000000000000000 0x0000000000ffffff direct-relaxable\n");
  CHECK(!system.inspect(kVf).direct_mapped);
  system.write_group("5", "reserved_regions", "0x00000000000e8000 0x00000000000e8fff direct\n");
  CHECK(system.inspect(kVf).direct_mapped);
}
