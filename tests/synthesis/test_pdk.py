import gzip
from pathlib import Path

import pytest

import synthesis
from synthesis import pdk
from synthesis.errors import UserError
from synthesis.library import list_libraries, load_library
from synthesis.pdk import PdkLibrary, find_pdk_libraries

pytestmark = pytest.mark.usefixtures("own_folders")

GENERIC45 = (Path(synthesis.__file__).parent / "data" / "generic45.lib").read_text()


def put(path, text=GENERIC45):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def test_without_kits_nothing_is_found(tmp_path, monkeypatch):
    assert find_pdk_libraries() == {}
    monkeypatch.setenv("PDK_ROOT", str(tmp_path / "not" / "there"))
    monkeypatch.setenv("FLOW_HOME", "")
    assert find_pdk_libraries() == {}


def test_open_pdks_as_ciel_and_volare_lay_them_out(tmp_path, monkeypatch):
    root = tmp_path / "pdks"
    cells = "libs.ref/sky130_fd_sc_hd/lib"
    typical = put(root / "sky130A" / cells / "sky130_fd_sc_hd__tt_025C_1v80.lib")
    put(root / "sky130A" / cells / "README.liberty")
    put(root / "sky130A/libs.ref/sky130_fd_io/lib/sky130_fd_io__tt.lib")
    put(root / "sky130B" / cells / typical.name)
    nine = "gf180mcu_fd_sc_mcu9t5v0"
    put(root / f"gf180mcuC/libs.ref/{nine}/lib/{nine}__tt_025C_5v00.lib")
    put(root / "ihp-sg13g2/libs.ref/sg13g2_stdcell/lib/sg13g2_stdcell_typ_1p20V_25C.lib")
    put(root / "ihp-sg13g2/libs.ref/sg13g2_sram/lib/RM_IHPSG13_1P.lib")
    monkeypatch.setenv("PDK_ROOT", str(root))
    found = find_pdk_libraries()
    assert {name: library.process for name, library in found.items()} == {
        f"{nine}__tt_025C_5v00": "gf180mcuC",
        "sg13g2_stdcell_typ_1p20V_25C": "ihp-sg13g2",
        "sky130_fd_sc_hd__tt_025C_1v80": "sky130A",
    }
    name = typical.name.removesuffix(".lib")
    assert found[name] == PdkLibrary(name, "sky130A", (typical,))


@pytest.mark.parametrize("tool", ["ciel", "volare"])
@pytest.mark.parametrize("named", [True, False])
def test_the_enabled_version_is_found_behind_its_link(tmp_path, monkeypatch, tool, named):
    root = tmp_path / "home" / f".{tool}"
    seven, below = "gf180mcu_fd_sc_mcu7t5v0", "libs.ref/gf180mcu_fd_sc_mcu7t5v0/lib"
    versions = root / tool / "gf180mcu" / "versions"
    for commit in ("c0ffee", "dec0de"):
        put(versions / commit / "gf180mcuD" / below / f"{seven}__tt_025C_5v00.lib")
    put(versions / "dec0de" / "gf180mcuD" / below / f"{seven}__tt_025C_3v30.lib")
    (root / "gf180mcuD").symlink_to(f"{tool}/gf180mcu/versions/c0ffee/gf180mcuD")
    if named:
        monkeypatch.setenv("PDK_ROOT", str(root))
    found = find_pdk_libraries()
    assert list(found) == [f"{seven}__tt_025C_5v00"]
    assert found[f"{seven}__tt_025C_5v00"].files[0].resolve().is_relative_to(versions / "c0ffee")
    # A root that is named is the only one.
    monkeypatch.setenv("PDK_ROOT", str(tmp_path / "elsewhere"))
    assert find_pdk_libraries() == {}


@pytest.mark.parametrize(("variable", "below"), [("ORFS_ROOT", "flow"), ("FLOW_HOME", ".")])
def test_openroad_flow_scripts(tmp_path, monkeypatch, variable, below):
    platforms = tmp_path / below / "platforms"
    put(platforms / "nangate45/lib/NangateOpenCellLibrary_typical.lib")
    put(platforms / "nangate45/lib/fakeram45_64x32.lib")
    put(platforms / "gf180/lib/gf180mcu_fd_sc_mcu9t5v0__tt_025C_5v00.lib.gz")
    nldm = platforms / "asap7/lib/NLDM"
    for part in ("SEQ_RVT_TT_nldm_220123.lib", "DFFHQNH2V2X_SLVT_TT_nldm_FAKE.lib"):
        put(nldm / f"asap7sc7p5t_{part}")
    logic = {
        part: put(nldm / f"asap7sc7p5t_{part}.lib.gz")
        for part in (
            "SIMPLE_RVT_TT_nldm_211120",
            "INVBUF_RVT_TT_nldm_201020",
            "INVBUF_RVT_TT_nldm_220122",
            "AO_RVT_TT_nldm_211120",
            "OA_RVT_TT_nldm_211120",
            "OA_SRAM_TT_nldm_211120",
        )
    }
    monkeypatch.setenv(variable, str(tmp_path))
    found = find_pdk_libraries()
    assert {name: (kit.process, len(kit.files)) for name, kit in found.items()} == {
        "asap7sc7p5t_RVT_TT_nldm": ("asap7", 4),
        "asap7sc7p5t_SRAM_TT_nldm": ("asap7", 1),
        "gf180mcu_fd_sc_mcu9t5v0__tt_025C_5v00": ("gf180", 1),
        "NangateOpenCellLibrary_typical": ("nangate45", 1),
    }
    # The later INVBUF, and the transistors of one threshold alone.
    del logic["INVBUF_RVT_TT_nldm_201020"], logic["OA_SRAM_TT_nldm_211120"]
    assert set(found["asap7sc7p5t_RVT_TT_nldm"].files) == set(logic.values())


def test_qflow(tmp_path, monkeypatch):
    tech = tmp_path / "qflow" / "tech"
    put(tech / "osu018" / "osu018_stdcells.lib")
    put(tech / "osu050" / "osu05_stdcells.lib")
    put(tech / "osu050" / "osu050.par")
    monkeypatch.setattr(pdk, "QFLOW_TECH", tech)
    found = find_pdk_libraries()
    assert {name: kit.process for name, kit in found.items()} == {
        "osu018_stdcells": "osu018",
        "osu05_stdcells": "osu050",
    }


@pytest.fixture
def kit(tmp_path, monkeypatch):
    """A kit of one library, its name that of its file."""
    path = put(tmp_path / "pdks/sky130A/libs.ref/sky130_fd_sc_hd/lib/sky130__tt.lib")
    monkeypatch.setenv("PDK_ROOT", str(tmp_path / "pdks"))
    return path


def test_a_kit_is_inferred_as_a_path_is(kit):
    library = load_library("sky130__tt")
    assert library.name == "sky130__tt" and library.process.startswith("sky130A, ")
    assert library.files == (kit,) and library == load_library(str(kit))
    assert library.can_build_adders


def test_a_library_of_several_files_is_loaded_whole(tmp_path, monkeypatch):
    start = GENERIC45.index("cell (")
    middle = GENERIC45.index("cell (NAND2_X1)")
    end = GENERIC45.rindex("}")
    nldm = tmp_path / "platforms/asap7/lib/NLDM"
    rest = GENERIC45[:start] + GENERIC45[middle:]
    put(nldm / "asap7sc7p5t_INVBUF_RVT_TT_nldm_1.lib", GENERIC45[:middle] + GENERIC45[end:])
    put(nldm / "asap7sc7p5t_SIMPLE_RVT_TT_nldm_1.lib.gz", rest)
    monkeypatch.setenv("FLOW_HOME", str(tmp_path))
    whole, found = load_library("generic45"), load_library("asap7sc7p5t_RVT_TT_nldm")
    assert set(found.cells) == set(whole.cells) and len(found.files) == 2


def test_manifests_come_first(kit, tmp_path, monkeypatch):
    put(kit.with_name("generic45.lib"))
    assert load_library("generic45").files[0].parent != kit.parent
    listed = list_libraries()
    assert [name for name, _, _ in listed] == ["generic45", "sky130__tt"]
    assert listed[1] == ("sky130__tt", "sky130A", kit.parent)


def test_a_near_name_is_told_without_listing_the_kits(kit):
    with pytest.raises(UserError, match=r"1 of design kits; did you mean 'sky130__tt'\?"):
        load_library("sky130__t")
