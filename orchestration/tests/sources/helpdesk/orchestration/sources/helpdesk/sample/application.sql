create table if not exists tickets (
    id uuid primary key,
    customer_email text not null,
    subject text not null,
    status text not null,
    priority integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
