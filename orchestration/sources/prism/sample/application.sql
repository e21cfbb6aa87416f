-- The document-analysis platform's own database, as its application creates it. Rules that the
-- application means to keep are not all constraints here: that is why the warehouse checks them.
create table if not exists organizations (
    id uuid primary key,
    name varchar(255),
    domain varchar(255),
    subscription_tier varchar(20) not null,
    settings jsonb,
    data_retention_days integer default 2555,
    compliance_flags text[],
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer default 1
);

create table if not exists users (
    id uuid primary key,
    organization_id uuid,
    email varchar(320),
    email_verified boolean,
    first_name varchar(100),
    last_name varchar(100),
    role varchar(20),
    department varchar(100),
    geographic_region varchar(50),
    mfa_enabled boolean,
    last_login_at timestamptz,
    login_attempts integer default 0,
    locked_until timestamptz,
    privacy_settings jsonb,
    data_classification_level varchar(20),
    access_expires_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table if not exists documents (
    id uuid primary key,
    organization_id uuid,
    uploaded_by uuid,
    filename varchar(500),
    original_filename varchar(500),
    file_path text,
    file_size bigint,
    file_hash varchar(64),
    mime_type varchar(100),
    document_type varchar(50),
    document_classification varchar(20),
    language_code varchar(5),
    word_count integer,
    page_count integer,
    processing_status varchar(20),
    processing_started_at timestamptz,
    processing_completed_at timestamptz,
    processing_error text,
    ai_model_used varchar(100),
    total_sections integer,
    total_feedback_items integer,
    analysis_confidence_score numeric(3, 2),
    analysis_cost_usd numeric(10, 4),
    industry_vertical varchar(100),
    document_purpose varchar(100),
    retention_policy varchar(50),
    retention_expires_at timestamptz,
    legal_hold boolean default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

create table if not exists document_sections (
    id uuid primary key,
    document_id uuid,
    section_name varchar(500),
    section_type varchar(50),
    section_order integer,
    content text,
    word_count integer,
    complexity_score numeric(3, 2),
    ai_analysis_status varchar(20),
    analysis_duration_seconds numeric(10, 3),
    analysis_cost_usd numeric(8, 4),
    created_at timestamptz not null default now()
);

create table if not exists analysis_results (
    id uuid primary key,
    document_id uuid,
    section_id uuid,
    ai_model_name varchar(100),
    ai_model_version varchar(50),
    model_temperature numeric(3, 2),
    max_tokens integer,
    analysis_started_at timestamptz,
    analysis_completed_at timestamptz,
    feedback_items jsonb,
    risk_assessment varchar(20),
    confidence_score numeric(5, 2),
    tokens_used integer,
    cost_usd numeric(10, 6),
    user_satisfaction_score numeric(3, 2),
    feedback_accepted_count integer,
    feedback_rejected_count integer,
    created_at timestamptz not null default now(),
    created_by uuid
);

create table if not exists user_feedback (
    id uuid primary key,
    user_id uuid,
    organization_id uuid,
    analysis_result_id uuid,
    document_id uuid,
    section_id uuid,
    feedback_type varchar(50),
    category varchar(100),
    action varchar(20),
    custom_feedback_text text,
    feedback_rating integer,
    highlighted_text text,
    workflow_status varchar(20),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ip_address inet,
    user_agent text
);

create table if not exists audit_logs (
    id uuid not null,
    organization_id uuid,
    user_id uuid,
    session_id varchar(255),
    event_type varchar(100),
    event_category varchar(50),
    event_description text,
    resource_type varchar(100),
    resource_id uuid,
    before_value jsonb,
    after_value jsonb,
    ip_address inet,
    api_endpoint varchar(500),
    http_method varchar(10),
    request_id varchar(100),
    compliance_flags text[],
    retention_period_days integer default 2555,
    created_at timestamptz not null default now(),
    primary key (id, created_at)
) partition by range (created_at);

create table if not exists audit_logs_default partition of audit_logs default;

create index if not exists organizations_updated_at on organizations (updated_at);
create index if not exists users_updated_at on users (updated_at);
create index if not exists documents_updated_at on documents (updated_at);
create index if not exists document_sections_created_at on document_sections (created_at);
create index if not exists analysis_results_created_at on analysis_results (created_at);
create index if not exists user_feedback_updated_at on user_feedback (updated_at);
create index if not exists audit_logs_created_at on audit_logs (created_at);
