# Reads "create NAME" and "fill TOTAL" lines; answers "done" to each. See shell.rs.
set -eu
php=$(ls /usr/sbin/php-fpm* | head -n 1); version=${php#/usr/sbin/php-fpm}
pools=/etc/php/$version/fpm/pool.d

files() { # NAME
    local name=$1 root=/home/$1/domains/$1.test/public_html
    mkdir -p "$root" "/home/$name/tmp" "/home/$name/backups"
    printf '<?php echo "uid ", getmyuid(), " ", $_SERVER["SERVER_NAME"];\n' >"$root/index.php"
    ln -s "domains/$name.test/public_html" "/home/$name/public_html"
    printf '[%s]\nuser = %s\ngroup = %s\nlisten = /run/php/%s.sock\nlisten.owner = www-data\nlisten.group = www-data\npm = ondemand\npm.max_children = 5\nphp_admin_value[open_basedir] = /home/%s\n' \
        "$name" "$name" "$name" "$name" "$name" >"$pools/$name.conf"
    mkdir -p "/var/log/sites/$name"
    cat >"/etc/nginx/conf.d/$name.conf" <<VHOST
server {
    listen 80;
    listen [::]:80;
    server_name $name.test;
    root $root;
    index index.php index.html;
    access_log /var/log/sites/$name/access.log;
    error_log /var/log/sites/$name/error.log;
    location / { try_files \$uri \$uri/ /index.php?\$args; }
    location ~ \.php\$ {
        try_files \$uri =404;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
        fastcgi_pass unix:/run/php/$name.sock;
    }
}
VHOST
}

owned() { # NAME
    chown -R "$1:$1" "/home/$1"
    chmod 0750 "/home/$1"
    setfacl -m u:www-data:x "/home/$1"
}

reload() {
    nginx -t -q 2>/dev/null
    kill -HUP "$(cat /run/nginx.pid)"
    kill -USR2 "$(cat /run/php/php$version-fpm.pid)"
}

create() {
    groupadd "$1"
    useradd -g "$1" -d "/home/$1" -s /usr/sbin/nologin -K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 "$1"
    files "$1"
    owned "$1"
    reload
}

# TOTAL. Users go straight into the files, which is quicker than useradd and leaves the same. The names are short because php-fpm
# hands its sockets on at a reload in one variable, which the kernel lets be 128 KiB long.
fill() {
    local have i
    have=$(ls "$pools" | wc -l)
    for i in $(seq "$have" "$1"); do
        echo "f$i:x:$((20000 + i)):$((20000 + i))::/home/f$i:/usr/sbin/nologin" >>/etc/passwd
        echo "f$i:x:$((20000 + i)):" >>/etc/group
        echo "f$i:!:20000:0:99999:7:::" >>/etc/shadow
        files "f$i"
        owned "f$i"
    done
    reload
    while ! test -S "/run/php/f$1.sock"; do sleep 0.2; done
}

# A thousand sites need more than nginx's and PHP's stock limits; both are set before anything is timed.
mkdir -p /etc/systemd/system/nginx.service.d "/etc/systemd/system/php$version-fpm.service.d"
for unit in nginx "php$version-fpm"; do
    printf '[Service]\nLimitNOFILE=65536\n' >"/etc/systemd/system/$unit.service.d/limit.conf"
done
ulimit -n "$(ulimit -Hn)"
printf 'server_names_hash_max_size 16384;\nserver_names_hash_bucket_size 128;\n' >/etc/nginx/conf.d/00-hash.conf
systemctl daemon-reload
systemctl restart nginx "php$version-fpm"

while read -r verb argument; do
    "$verb" "$argument" >&2
    echo done
done
