//! The arrows of the picture in ARCHITECTURE.md: one function each, load → stage → save.
//!
//! Stages are pure; this crate opens files, runs threads and keeps results. It holds no judgement of
//! its own: what a stage should decide is decided there.

mod again;
mod assess_case;
mod cluster;
mod corrections;
mod drill;
mod error;
mod exploited;
mod fetch;
mod incremental;
mod indicator_set;
mod indicators;
mod investigate;
mod json;
mod knowledge_in_use;
mod knowledge_list;
mod knowledge_update;
mod load;
mod names;
mod own_knowledge;
mod progress;
mod publishers;
mod read_reports;
mod refresh_blocks;
mod reported_techniques;
mod rules;
mod run_hunt;
mod save;
mod scan;
mod serve;
mod share;
mod show;
mod standing;
mod statements;
mod stored;
mod taxii_client;
mod walk;
mod watch;
mod write_blocks;
mod write_file;

pub use again::{
    Again, Changed, assess_again, assessment_history, close_assessments, open_assessments,
};
pub use cluster::{
    Because, ShownCluster, change_reports, cluster, clusters, create_cluster, link_cluster,
    merge_clusters, raise_cluster, rename_cluster, shown_cluster, split_cluster,
};
pub use corrections::{
    CorrectionRequest, WrittenCase, correct, export_cases, stored_report, value_meant,
};
pub use drill::{
    DrillCheckRequest, DrillReport, PlannedDrill, PlantRequest, assumptions, check_drill,
    drill_report, known_drills, measured_rates, plant_drill,
};
pub use error::PipelineError;
pub use exploited::{exploited, exploited_notes};
pub use fetch::FetchLimits;
pub use indicator_set::{BuiltSet, build_set, open_set};
pub use indicators::merged_indicators;
pub use investigate::{Investigation, InvestigationRequest, investigate};
pub use json::write_json;
pub use knowledge_in_use::{
    compile_knowledge, install_knowledge, is_compiled_knowledge, knowledge, knowledge_in_place,
    open_knowledge, use_embedded, use_knowledge,
};
pub use knowledge_list::{SourceRow, source_table};
pub use knowledge_update::{
    FetchedFile, FileState, KeptSource, Update, UpdateRequest, knowledge_addresses,
    update_knowledge,
};
pub use load::{
    LoadedList, called_benign, load, load_assumptions, load_inventory, load_list, load_values,
    load_zone,
};
pub use names::{
    NamePage, ShownBearer, ShownCitation, ShownContradiction, ShownFamily, ShownLink, ShownName,
    ShownRecord, ShownTarget,
};
pub use own_knowledge::{
    ImportedSource, RemovedSource, check_day, has_own_sources, import_own, remove_own,
};
pub use progress::{Progress, Silent};
pub use read_reports::{read_each, read_reports};
pub use refresh_blocks::{MadeWith, Refreshed, listed_formats, made_with, refresh_blocks};
pub use reported_techniques::reported_techniques;
pub use rules::{LoadedRules, RulesRequest, load_rules};
pub use run_hunt::{HuntRequest, run_hunt, run_hunt_on};
pub use save::{assessment as save_assessment, block as save_block, hunt as save_hunt};
pub use scan::{ScanRequest, YaraRules, load_yara, open_scan_set, run_scan};
pub use serve::{Offered, ServeRequest, Server};
pub use share::{ShareRequest, SharedCase, share_format, shared_objects, write_shared};
use show::as_value;
pub use show::{KnownValue, Shown, Worth, show};
pub use standing::{
    DettectClaim, Standing, read_dettect, standing, write_dettect, write_navigator,
};
pub use statements::{Answer, Graded, StatementRequest, state};
pub use stored::{assess_stored, stored_reports};
pub use taxii_client::{Added, TaxiiRequest, add_to_taxii, read_taxii};
pub use tegakari_export::formats::ALL as EXPORT_FORMATS;
pub use tegakari_export::formats::{Expiry, Tier};
pub use tegakari_export::limits::TABLE as EXPORT_LIMITS;
pub use tegakari_export::share::ALL as SHARE_FORMATS;
pub use tegakari_export::{AllowList, Lifetimes};
pub use tegakari_hunt::formats::ALL as LOG_FORMATS;
pub use tegakari_hunt::{Assumptions, Drills, IndicatorSet, InventoryAsset, Rules, ZoneOf};
pub use tegakari_knowledge::{
    Exploited, Knowledge, KnowledgeDiff, Purpose, RecordChange, diff as knowledge_diff,
};
pub use tegakari_read::formats::ALL as REPORT_FORMATS;
pub use tegakari_store::{BlockBasis, Store, StoreError};
pub use watch::{
    Digest, KafkaFrom, Lines, MailTo, NatsFrom, OutputRequest, Show, TlsFiles, TlsTrust,
    WatchRequest, WatchSighting, Watched, WatchedFor, Webhook, watch,
};
pub use write_blocks::{
    BlockPolicy, BlockRequest, EVERY_FORMAT, ListSettings, allow_value, block_plan,
    block_plan_with, cleared_outright, decision_time, load_allow_list, own_assets, write_blocks,
    write_from_template, write_one,
};
pub use write_file::write_atomically;
